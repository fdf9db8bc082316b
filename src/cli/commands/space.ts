import type { RegisterCommand } from './Command.js';

export const registerSpace: RegisterCommand = () => undefined;
