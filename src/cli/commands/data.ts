import type { RegisterCommand } from './Command.js';

export const registerData: RegisterCommand = () => undefined;
