/** Photographs made small before they go over a street's network: a tenth of the bytes, and without EXIF. */

/** Longer side in px: the server keeps no more than 2,048, and 1,600 still reads a number plate at ten metres. */
const LONGEST_PX = 1_600
const QUALITY = 0.82

export class NoPicture extends Error {}

export function fitInto(width: number, height: number, longest: number): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** The picture as a JPEG of at most LONGEST_PX, turned upright. Throws NoPicture where the browser cannot read it. */
export async function shrink(file: Blob): Promise<Blob> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch (cause) {
    throw new NoPicture('not a picture', { cause })
  }
  const { width, height } = fitInto(bitmap.width, bitmap.height, LONGEST_PX)
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  if (!made) throw new NoPicture('could not be drawn')
  return made
}
