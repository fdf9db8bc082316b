import type { RegisterCommand } from './Command.js';

export const registerShow: RegisterCommand = () => undefined;
