import 'vite/modulepreload-polyfill'
import 'htmx.org'
import './styles/app.scss'
import './sprite'
import './requests'
import './theme'
import './clock'
import './menu'
import './passport'
import './live'
import './save'
import './sort'
import './filter'
import { island, whenSeen } from './islands'

island('[data-chart]', (element) => whenSeen(element, async () => (await import('./chart')).mount(element)))
island('[data-push]', (element) => void import('./push').then(({ mount }) => mount(element)))
island('[data-map]', (element) => whenSeen(element, async () => (await import('./map')).mount(element)))
