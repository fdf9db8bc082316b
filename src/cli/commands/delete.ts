import type { RegisterCommand } from './Command.js';

export const registerDelete: RegisterCommand = () => undefined;
