// Named here only so that the build gives the sprite a name with its checksum; templates find it in the manifest.
import sprite from '../.vite/icons.svg?no-inline'

document.documentElement.dataset.sprite = sprite
