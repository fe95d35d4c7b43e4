"""The OpenAPI document of quart-schema, which follows modules as they come and go."""
