import 'vuetify/styles/core';
import './styles/base.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { BRIDGE, createBridge } from './bridge/bridge.ts';
import { desktop } from './bridge/desktop.ts';
import { logIn } from './bridge/session.ts';
import { messagePortWire } from './bridge/messagePortWire.ts';
import { webSocketWire } from './bridge/webSocketWire.ts';
import { FEATURES } from './features/feature.ts';
import { features } from './features/features.ts';
import { createStudioRouter } from './router.ts';
import { readChoice } from './ui/composables/storedChoice.ts';
import { createTheme, isThemeChoice } from './theme.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
if (!desktop) await logIn();

createApp(App)
  .provide(BRIDGE, createBridge(desktop ? messagePortWire(desktop) : webSocketWire()))
  .provide(FEATURES, features)
  .use(createPinia())
  .use(createStudioRouter(features))
  .use(createTheme(nonce, readChoice('theme', 'dark', isThemeChoice)))
  .mount('#app');
