import type { RegisterCommand } from './Command.js';

export const registerStatus: RegisterCommand = () => undefined;
