/**
 * The service workers, each built alone (`--mode worker`, `--mode desk`): after the pages, so that the worker's knows the
 * names of the files that his page is made of.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const ENTRY = 'worker/index.html'
/** Files with names of their own, which a new version does not rename. */
const FIXED = [
  'boot.js',
  'icon.svg',
  'worker/icon-192.png',
  'worker/badge-96.png',
  'worker/manifest.zh.webmanifest',
  'worker/manifest.en.webmanifest',
]

interface Chunk {
  file: string
  css?: string[]
  assets?: string[]
  imports?: string[]
  dynamicImports?: string[]
}

/** Every hashed file that the page may ask for, also by a name that stands only in the code (the map's own worker). */
function listFiles(): string[] {
  const manifest = JSON.parse(readFileSync(at('./dist/.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
  const files = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) visit(next)
  }
  visit(ENTRY)
  for (const file of files)
    if (/\.m?js$/.test(file))
      for (const [, named] of readFileSync(at(`./dist/${file}`), 'utf8').matchAll(
        /\/?(assets\/[\w.-]+\.(?:m?js|css))/g,
      ))
        if (named) files.add(named)
  return [...files].sort()
}

const listPrecache = (): string =>
  JSON.stringify([
    { url: '/worker/', revision: revision(ENTRY) },
    ...FIXED.map((path) => ({ url: `/${path}`, revision: revision(path) })),
    ...listFiles().map((file) => ({ url: `/${file}`, revision: null })),
  ])

/** Mode -> what is built, and where it lies: a service worker serves the folder that it lies in. */
const SCRIPTS: Record<string, { entry: string; file: string }> = {
  worker: { entry: './src/sw/worker.ts', file: 'worker/sw.js' },
  desk: { entry: './src/sw/desk.ts', file: 'console/sw.js' },
}

const revision = (path: string): string =>
  createHash('sha256')
    .update(readFileSync(at(`./dist/${path}`)))
    .digest('hex')
    .slice(0, 16)

export default defineConfig(({ mode }) => {
  const script = SCRIPTS[mode]
  if (!script) throw new Error(`no service worker is called ${mode}`)
  return {
    publicDir: false as const,
    define: {
      ...(mode === 'worker' && { __PRECACHE__: listPrecache() }),
      'process.env.NODE_ENV': JSON.stringify('production'),
    },
    build: {
      target: 'es2022',
      emptyOutDir: false,
      rollupOptions: {
        input: at(script.entry),
        output: { format: 'iife' as const, entryFileNames: script.file },
      },
    },
  }
})
