import 'vuetify/styles/core';
import './styles/base.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { config as configureZod } from 'zod';
import { SOCKET_PATH } from '../contract/api/connection.ts';
import App from './App.vue';
import { BRIDGE, createBridge } from './bridge/bridge.ts';
import { messagePortWire } from './bridge/messagePortWire.ts';
import { openWebSession } from './bridge/webSession.ts';
import { webSocketWire } from './bridge/webSocketWire.ts';
import { router } from './router.ts';
import { readChoice } from './storedChoice.ts';
import { createTheme, isThemeChoice } from './theme.ts';

// the page's policy forbids code made from text, which zod would otherwise try
configureZod({ jitless: true });

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
const socketUrl = new URL(SOCKET_PATH, document.baseURI);
socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';
socketUrl.hash = '';

if (!window.quorumDesktop) await openWebSession();

createApp(App)
  .provide(BRIDGE, createBridge(window.quorumDesktop ? messagePortWire(window.quorumDesktop) : webSocketWire(socketUrl)))
  .use(createPinia())
  .use(router)
  .use(createTheme(nonce, readChoice('theme', 'dark', isThemeChoice)))
  .mount('#app');
