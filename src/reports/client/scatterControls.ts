import { byId, h, segments } from './dom.js';
import { isQuantity, titleOf, type Quantity } from './quantities.js';
import type { Parts } from './Parts.js';
import type { View } from './state.js';

/** Wires the choices above the main plot; returns what shows a view's. */
export function startScatterControls({ report, state }: Parts): (view: View) => void {
  const quantities: readonly Quantity[] = ['accuracy', ...report.costNames];
  const selects = (['x', 'y'] as const).map((side) => {
    const select = byId(`${side}-quantity`);
    select.replaceChildren(...quantities.map((name) => h('option', { value: name }, titleOf(name))));
    select.addEventListener('change', ({ target }) => {
      if (!(target instanceof HTMLSelectElement) || !isQuantity(target.value)) return;
      const { x, y } = state.get();
      const before = { x, y };
      // The same quantity on both axes shows nothing: the other axis takes what this one had.
      const other = side === 'x' ? 'y' : 'x';
      const next = { ...before, [side]: target.value };
      if (next.x === next.y) next[other] = before[side];
      state.set(next);
    });
    return [side, select] as const;
  });
  const showScale = segments(
    byId('x-scale'),
    [
      ['log', 'Log'],
      ['linear', 'Linear'],
    ],
    (scale) => state.set({ scale }),
  );
  const showRange = segments(
    byId('range'),
    [
      ['front', 'Front'],
      ['all', 'All'],
    ],
    (range) => state.set({ range }),
  );
  const showDrag = segments(
    byId('drag'),
    [
      ['select', 'Select'],
      ['zoom', 'Zoom'],
    ],
    (drag) => state.set({ drag }),
  );
  return (view) => {
    for (const [side, select] of selects) if (select instanceof HTMLSelectElement) select.value = view[side];
    showScale(view.scale);
    showRange(view.range);
    showDrag(view.drag);
  };
}
