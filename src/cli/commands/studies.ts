import type { RegisterCommand } from './Command.js';

export const registerStudies: RegisterCommand = () => undefined;
