import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const server = process.env.WARDLINE_URL ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': at('./src') } },
  define: {
    __VUE_OPTIONS_API__: true, // Element Plus needs it
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    sourcemap: false,
    manifest: true, // read by vite.sw.config.ts
    chunkSizeWarningLimit: 1200, // MapLibre and ECharts are each one large chunk, loaded only where drawn
    rollupOptions: {
      input: {
        console: at('./console/index.html'),
        worker: at('./worker/index.html'),
        report: at('./report/index.html'),
        board: at('./board/index.html'),
        settings: at('./settings/index.html'),
        login: at('./login/index.html'),
        account: at('./account/index.html'),
        admin: at('./admin/index.html'),
        sources: at('./sources/index.html'),
        labels: at('./labels/index.html'),
        hotline: at('./hotline/index.html'),
      },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      '/api': { target: server },
      '/basemap': { target: server },
      '/ws': { target: server, ws: true },
    },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
