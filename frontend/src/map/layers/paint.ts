/** Small pictures for map symbols, drawn here so that no sprite is fetched. Sizes in CSS px, drawn at twice the density. */
const DENSITY = 2

export function paint(size: number, draw: (context: CanvasRenderingContext2D) => void): ImageData | null {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * DENSITY
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return null
  context.scale(DENSITY, DENSITY)
  context.translate(size / 2, size / 2)
  draw(context)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

export function polygon(context: CanvasRenderingContext2D, corners: number, radius: number, turn = 0): void {
  context.beginPath()
  for (let corner = 0; corner < corners; corner += 1) {
    const angle = turn - Math.PI / 2 + (corner * 2 * Math.PI) / corners
    context.lineTo(Math.cos(angle) * radius, Math.sin(angle) * radius)
  }
  context.closePath()
}
