import { startApp } from '@/app'
import App from './App.vue'
import en from './en'
import zh from './zh'

startApp(App, { zh, en })
