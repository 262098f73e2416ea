/**
 * Vuetify with our two themes; dark first, light equal. Muted text reaches a contrast of 4.5 on every ground it stands
 * on.
 */
import { createVuetify } from 'vuetify';

const dark = {
  dark: true,
  colors: {
    background: '#121518',
    surface: '#191D21',
    raised: '#22272D',
    line: '#30373F',
    'field-line': '#5B6672',
    muted: '#A0ABB6',
    primary: '#5AA9F0',
    secondary: '#E69F00',
    success: '#4CC38A',
    warning: '#E8A33D',
    error: '#FF7B72',
    info: '#5AA9F0',
    'on-surface': '#E4E8EC',
    'on-background': '#E4E8EC',
    'on-primary': '#08141F',
  },
};
const light = {
  dark: false,
  colors: {
    background: '#F4F6F8',
    surface: '#FFFFFF',
    raised: '#EEF1F4',
    line: '#D5DBE1',
    'field-line': '#87929D',
    muted: '#56616C',
    primary: '#0A62B0',
    secondary: '#9A5B00',
    success: '#0B7A4B',
    warning: '#8F5600',
    error: '#B3261E',
    info: '#0A62B0',
    'on-surface': '#171C21',
    'on-background': '#171C21',
    'on-primary': '#FFFFFF',
  },
};

export type ThemeChoice = 'dark' | 'light' | 'system';
export const isThemeChoice = (value: unknown): value is ThemeChoice =>
  value === 'dark' || value === 'light' || value === 'system';

/** @param cspNonce the page's own nonce, without which the policy would refuse Vuetify's style element */
export function createTheme(cspNonce: string | undefined, choice: ThemeChoice) {
  return createVuetify({
    theme: { defaultTheme: choice, ...(cspNonce && { cspNonce }), themes: { dark, light }, utilities: false },
    display: { mobileBreakpoint: 'sm' },
    defaults: { VDialog: { maxWidth: 720 } },
  });
}
