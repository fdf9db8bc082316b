import { byId } from './dom.js';
import type { Parts } from './Parts.js';
import type { Theme } from './state.js';

/** Colours of the drawn parts. Hues after Okabe and Ito: told apart under every common colour blindness; shapes differ too. */
export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly faint: string;
  readonly grid: string;
  readonly surface: string;
  readonly front: string;
  readonly dominated: string;
  readonly pruned: string;
  readonly baseline: string;
  readonly teacher: string;
  readonly promoted: string;
  readonly budget: string;
  readonly shade: string;
  readonly volume: string;
  /** Of each study where there are several; the same as the hues of the style sheet. */
  readonly studies: readonly string[];
}

const palettes: Readonly<Record<Theme, Palette>> = {
  light: {
    ink: '#16202c',
    muted: '#5d6b7a',
    faint: '#b9c3cd',
    grid: 'rgba(22, 32, 44, 0.08)',
    surface: '#ffffff',
    front: '#0068a8',
    dominated: '#93a4b5',
    pruned: '#a8a39a',
    baseline: '#b87400',
    teacher: '#8f2b08',
    promoted: '#b0447f',
    budget: '#8a6f78',
    shade: 'rgba(120, 90, 100, 0.07)',
    volume: 'rgba(0, 104, 168, 0.08)',
    studies: ['#0068a8', '#db7458', '#133e35', '#e5347b', '#7d0cdd', '#5b4117'],
  },
  dark: {
    ink: '#e6ebf0',
    muted: '#95a3b2',
    faint: '#4a5766',
    grid: 'rgba(230, 235, 240, 0.09)',
    surface: '#161d26',
    front: '#5cb8f0',
    dominated: '#67798b',
    pruned: '#7d776d',
    baseline: '#f3c46a',
    teacher: '#f4683a',
    promoted: '#e88bbd',
    budget: '#b39aa4',
    shade: 'rgba(220, 170, 190, 0.06)',
    volume: 'rgba(92, 184, 240, 0.10)',
    studies: ['#5cb8f0', '#f6d28a', '#e03d81', '#cdede7', '#8145f2', '#e71e06'],
  },
};

export function paletteOf(theme: Theme): Palette {
  return palettes[theme];
}

/** The colour of a study's front: the front's own where there is one study. */
export function frontColour(colours: Palette, study: number, several: boolean): string {
  return several ? colours.studies[study] : colours.front;
}

/** What the reader's system asks for. */
export function systemTheme(): Theme {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Wires the button and follows the system until the reader has chosen. */
export function startTheme({ state }: Parts): void {
  const button = byId('theme');
  const apply = (theme: Theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = theme === 'dark' ? 'Light' : 'Dark';
  };
  let chosen = false;
  apply(state.get().theme);
  state.listen(['theme'], (view) => apply(view.theme));
  button.addEventListener('click', () => {
    chosen = true;
    state.set({ theme: state.get().theme === 'dark' ? 'light' : 'dark' });
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    if (!chosen) state.set({ theme: systemTheme() });
  });
}
