"""Pages and the parts of them: blocks, frames, patches, and what htmx says and is told."""
