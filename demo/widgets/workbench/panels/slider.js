// Builds a labelled slider with a number box. Wrong numbers are limited to the range; an empty box keeps the last number.
import { clamp } from '../clamp.js';

let count = 0;

// options: label, min, max, step, neutral (double-click sets it), unit, onTry(value) while it moves, onChange(value) at the end.
// Returns {element, set(value), disable(off)}.
export const slider = ({ label, min, max, step, neutral, unit = '', onTry, onChange }) => {
  count += 1;
  const id = `wb-slider-${count}`;
  const element = document.createElement('div');
  element.className = 'wb-slider';
  element.innerHTML = `<label for="${id}"></label><input class="wb-number" type="number" inputmode="decimal">
    <span class="wb-unit" aria-hidden="true"></span><input class="wb-range" type="range" id="${id}">`;
  const [name, box, sign, range] = element.children;
  name.textContent = label;
  sign.textContent = unit;
  box.setAttribute('aria-label', `${label}, as a number`);
  for (const input of [box, range]) Object.assign(input, { min, max, step, value: neutral });
  let value = neutral;
  const set = (next) => {
    value = next;
    range.value = String(next);
    if (document.activeElement !== box) box.value = String(next);
    element.style.setProperty('--part', String((next - min) / (max - min)));
    element.classList.toggle('wb-moved', next !== neutral);
  };
  const commit = (next) => {
    set(next);
    onChange(next);
  };
  range.addEventListener('input', () => {
    set(Number(range.value));
    onTry(value);
  });
  range.addEventListener('change', () => commit(Number(range.value)));
  range.addEventListener('dblclick', () => commit(neutral));
  box.addEventListener('change', () => {
    const typed = box.value.trim() === '' ? Number.NaN : Number(box.value);
    const next = Number.isFinite(typed) ? clamp(Math.round(typed / step) * step, min, max) : value;
    const changed = next !== value;
    box.value = String(Number(next.toFixed(4)));
    if (changed) commit(Number(next.toFixed(4)));
  });
  set(neutral);
  return {
    element,
    set,
    disable: (off) => {
      for (const input of [box, range]) input.disabled = off;
    },
  };
};
