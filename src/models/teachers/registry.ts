import { cnn } from './cnn.js';
import { mixer } from './mixer.js';
import type { ReferenceTeacher } from './ReferenceTeacher.js';
import { resnet } from './resnet.js';
import { transformer } from './transformer.js';
import { vit } from './vit.js';

/** The architectures that can be trained as a teacher here. A new one is one file and one line. */
export const referenceTeachers = { vit, resnet, cnn, mixer, transformer } as const satisfies Record<
  string,
  ReferenceTeacher
>;
export type ReferenceTeacherName = keyof typeof referenceTeachers;
