import { layout } from './layout.js';
import { pages } from './pages.js';
import { parts } from './parts.js';
import { tokens } from './tokens.js';

/** All rules of the page. */
export const styles = tokens + layout + parts + pages;
