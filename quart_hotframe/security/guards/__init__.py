"""Who may see a page: guards, the permissions that modules bring, and the user.

A guard decides for one visit; :func:`.checking.check` is the one path that all of them take.
"""
