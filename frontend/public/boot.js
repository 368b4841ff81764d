// Sets theme and language before the first paint. A file of its own, because the page's policy allows no inline script.
;(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  }
  const theme = read('wardline.theme')
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  const locale = read('wardline.locale') ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')
  const root = document.documentElement
  root.dataset.theme = dark ? 'dark' : 'light'
  root.classList.toggle('dark', dark)
  root.lang = locale === 'zh' ? 'zh-CN' : 'en'
})()
