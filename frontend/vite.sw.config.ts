/**
 * The service workers, each built alone (`--mode worker`, `--mode citizen`, `--mode desk`): after the pages, so that each
 * knows the names of the files that its page is made of.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A page that opens without a signal. */
interface Kept {
  entry: string
  /** Files with names of their own, which a new version does not rename. */
  fixed: string[]
  /** Also what the page loads only when it is needed: the map of who works all day without a signal. */
  whole: boolean
}
const PAGES: Record<string, Kept> = {
  worker: {
    entry: 'worker/index.html',
    fixed: [
      'boot.js',
      'icon.svg',
      'worker/icon-192.png',
      'worker/badge-96.png',
      'worker/manifest.zh.webmanifest',
      'worker/manifest.en.webmanifest',
    ],
    whole: true,
  },
  citizen: { entry: 'report/index.html', fixed: ['boot.js', 'icon.svg'], whole: false },
}

interface Chunk {
  file: string
  css?: string[]
  assets?: string[]
  imports?: string[]
  dynamicImports?: string[]
}

/** Every hashed file that the page may ask for; of a whole one also by a name that stands only in the code (the map's own worker). */
function listFiles({ entry, whole }: Kept): string[] {
  const manifest = JSON.parse(readFileSync(at('./dist/.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
  const files = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
    for (const next of [...(chunk.imports ?? []), ...(whole ? (chunk.dynamicImports ?? []) : [])]) visit(next)
  }
  visit(entry)
  for (const file of whole ? files : [])
    if (/\.m?js$/.test(file))
      for (const [, named] of readFileSync(at(`./dist/${file}`), 'utf8').matchAll(
        /\/?(assets\/[\w.-]+\.(?:m?js|css))/g,
      ))
        if (named) files.add(named)
  return [...files].sort()
}

const listPrecache = (page: Kept): string =>
  JSON.stringify([
    { url: `/${page.entry.replace('index.html', '')}`, revision: revision(page.entry) },
    ...page.fixed.map((path) => ({ url: `/${path}`, revision: revision(path) })),
    ...listFiles(page).map((file) => ({ url: `/${file}`, revision: null })),
  ])

/** Mode -> what is built, and where it lies: a service worker serves the folder that it lies in. */
const SCRIPTS: Record<string, { entry: string; file: string }> = {
  worker: { entry: './src/sw/worker.ts', file: 'worker/sw.js' },
  citizen: { entry: './src/sw/citizen.ts', file: 'report/sw.js' },
  desk: { entry: './src/sw/desk.ts', file: 'console/sw.js' },
}

const revision = (path: string): string =>
  createHash('sha256')
    .update(readFileSync(at(`./dist/${path}`)))
    .digest('hex')
    .slice(0, 16)

export default defineConfig(({ mode }) => {
  const script = SCRIPTS[mode]
  const page = PAGES[mode]
  if (!script) throw new Error(`no service worker is called ${mode}`)
  return {
    publicDir: false as const,
    define: {
      ...(page && { __PRECACHE__: listPrecache(page) }),
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
