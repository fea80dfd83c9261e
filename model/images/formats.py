"""List the formats of picture files, by the ends of their names: those that are read, and those written."""

WRITTEN = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
READ = WRITTEN | {
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".hif": "HEIF",
    ".avif": "AVIF",
    ".gif": "GIF",
    ".bmp": "BMP",
}
NAMES = "JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF or BMP"
# For the attribute `accept` of upload fields. Phones offer their photographs only for `image/*`.
ACCEPT = ",".join(["image/*", *READ])
