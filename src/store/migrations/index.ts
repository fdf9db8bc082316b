import { m001Initial } from './m001Initial.js';
import { m002Leases } from './m002Leases.js';
import { m003Measured } from './m003Measured.js';
import { m004Repeats } from './m004Repeats.js';
import { m005Deaths } from './m005Deaths.js';
import { m006Answers } from './m006Answers.js';
import { m007Launches } from './m007Launches.js';

/** Every migration in order. Entry i leads from user_version i to i + 1; entries are never changed, only added. */
export const migrations: readonly string[] = [
  m001Initial,
  m002Leases,
  m003Measured,
  m004Repeats,
  m005Deaths,
  m006Answers,
  m007Launches,
];
