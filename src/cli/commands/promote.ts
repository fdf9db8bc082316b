import type { RegisterCommand } from './Command.js';

export const registerPromote: RegisterCommand = () => undefined;
