// Imported only so that the build names the sprite by its checksum; templates find it in the manifest ({% icon %}).
import '../.vite/icons.svg?no-inline'
