import { ExitCode } from '../../core/errors.js';
import type { Check, Finding } from '../doctor/Check.js';
import { checkEngines } from '../doctor/checkEngines.js';
import { checkMachine } from '../doctor/checkMachine.js';
import { checkStorage } from '../doctor/checkStorage.js';
import { checkStored } from '../doctor/checkStored.js';
import { checkWorkers } from '../doctor/checkWorkers.js';
import { printable } from '../terminalText.js';
import type { RegisterCommand } from './Command.js';

const checks: readonly Check[] = [checkMachine, checkWorkers, checkStorage, checkEngines, checkStored];

/** `nas-distill doctor`: what works here, what does not, and what to do about it. Exit code 1 if anything does not. */
export const registerDoctor: RegisterCommand = (program, io) => {
  program
    .command('doctor')
    .description('Check this installation: Node, engines, disk, studies, data and teachers')
    .addHelpText('after', '\nExamples:\n  $ nas-distill doctor\n  $ nas-distill doctor --json > doctor.json')
    .action(async (_options: unknown, command) => {
      const out = io(command);
      const findings: Finding[] = [];
      for (const check of checks) findings.push(...(await check(out.resultsDir)));
      const faults = findings.filter(({ state }) => state === 'fault').length;
      out.result({ healthy: faults === 0, findings }, () => [...findings.map(draw), verdict(faults)].join('\n'));
      if (faults > 0) process.exitCode = ExitCode.failure;
    });
};

const marks = { ok: 'ok    ', note: 'note  ', fault: 'FAULT ' } as const;

function draw({ state, what, found, hint }: Finding): string {
  const line = `${marks[state]} ${what.padEnd(14)} ${printable(found)}`;
  return hint === undefined ? line : `${line}\n${' '.repeat(22)}${printable(hint)}`;
}

function verdict(faults: number): string {
  if (faults === 0) return 'Nothing is wrong.';
  return `${faults} ${faults === 1 ? 'fault' : 'faults'}: what to do stands below each.`;
}
