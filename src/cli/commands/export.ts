import type { RegisterCommand } from './Command.js';

export const registerExport: RegisterCommand = () => undefined;
