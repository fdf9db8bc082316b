import { fontFamily } from './plotly.js';
import type { Axis } from './parallelAxes.js';
import type { Palette } from './theme.js';

/** An axis with its title above and its values on small labels, cut to the room between two axes. */
export function drawAxis(
  pen: CanvasRenderingContext2D,
  axis: Axis,
  x: number,
  step: number,
  y: (position: number) => number,
  colours: Palette,
): void {
  pen.strokeStyle = colours.faint;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, y(0) - 2);
  pen.lineTo(x, y(1) + 2);
  pen.stroke();
  pen.textAlign = 'center';
  const cut = axis.title.lastIndexOf('.');
  pen.font = `11px ${fontFamily}`;
  pen.fillStyle = colours.muted;
  if (cut >= 0) pen.fillText(fitted(pen, axis.title.slice(0, cut), step - 8), x, 14);
  pen.font = `600 11.5px ${fontFamily}`;
  pen.fillStyle = colours.ink;
  pen.fillText(fitted(pen, axis.title.slice(cut + 1), step - 8), x, 30);
  pen.font = `11px ${fontFamily}`;
  for (const [position, text] of axis.ticks) {
    const label = fitted(pen, text.replaceAll('_', ' '), step - 10);
    const wide = pen.measureText(label).width;
    pen.fillStyle = colours.surface;
    pen.globalAlpha = 0.86;
    pen.beginPath();
    pen.roundRect(x - wide / 2 - 4, y(position) - 8.5, wide + 8, 17, 4);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = colours.ink;
    pen.fillText(label, x, y(position) + 4);
  }
}

function fitted(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  const characters = [...text];
  while (characters.length > 1 && pen.measureText(`${characters.join('')}…`).width > room) characters.pop();
  return `${characters.join('')}…`;
}
