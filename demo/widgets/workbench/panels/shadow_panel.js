// Adds a contact shadow to the selected object: offset, softness and strength. It is off until someone asks for it.
import { slider } from './slider.js';

const QUIET = 800; // milliseconds without a change before the pixels are counted
const ONLY = 'The shadow is the only change outside the mask.';
const START = { x: 0, y: 0.02, softness: 0.015, strength: 0.4 };
const SLIDERS = [
  { key: 'x', label: 'Left or right', min: -20, max: 20, step: 0.5 },
  { key: 'y', label: 'Up or down', min: -20, max: 20, step: 0.5 },
  { key: 'softness', label: 'Softness', min: 0, max: 10, step: 0.1 },
  { key: 'strength', label: 'Strength', min: 0, max: 100, step: 1 },
];

// Returns a number with narrow spaces between thousands, which every language reads the same.
const grouped = (number) => number.toLocaleString('en').replaceAll(',', '\u202f');
const selected = (bench, mutate) => (draft) => {
  const object = draft.objects.find(({ id }) => id === bench.object?.id);
  if (object) mutate(object);
};

export const shadowPanel = (bench) => {
  const root = bench.panel('shadow', 'Shadow');
  root.insertAdjacentHTML(
    'beforeend',
    `<label class="wb-check"><input type="checkbox"> <span>Draw a shadow under the object</span></label>
    <div class="wb-sliders"></div><p class="wb-hint" role="status">${ONLY}</p>`,
  );
  const box = root.querySelector('input');
  box.addEventListener('change', () =>
    bench.change(
      box.checked ? 'Add a shadow' : 'Remove the shadow',
      selected(bench, (object) => {
        object.shadow = box.checked ? { ...START } : null;
      }),
    ),
  );
  const sliders = SLIDERS.map(({ key, ...options }) => {
    const write = (value) =>
      selected(bench, (object) => {
        object.shadow = { ...(object.shadow ?? START), [key]: value / 100 };
      });
    const made = slider({
      ...options,
      neutral: 100 * START[key],
      unit: '%',
      onTry: (value) => bench.try(write(value)),
      onChange: (value) => bench.change(`Shadow: ${options.label}`, write(value)),
    });
    return { made, key };
  });
  root.querySelector('.wb-sliders').append(...sliders.map(({ made }) => made.element));
  const hint = root.querySelector('.wb-hint');
  let counted = null; // the document whose pixels were counted
  let timer = 0;
  const count = async () => {
    const document = bench.document;
    try {
      const { changed } = await bench.server.post('/changes', { document });
      if (bench.document === document)
        hint.textContent = `It changes ${grouped(changed)} pixels of the background.`;
    } catch {
      counted = null; // the next change counts again
    }
  };
  const countSoon = () => {
    if (bench.document === counted) return;
    counted = bench.document;
    clearTimeout(timer);
    hint.textContent = ONLY;
    if (bench.document?.objects.some(({ shadow }) => shadow)) timer = setTimeout(count, QUIET);
  };
  const draw = () => {
    countSoon();
    const shadow = bench.object?.shadow;
    root.classList.toggle('wb-off', !bench.object);
    box.disabled = !bench.object;
    box.checked = Boolean(shadow);
    root.querySelector('.wb-sliders').hidden = !shadow;
    for (const { made, key } of sliders) {
      made.set(Number((100 * (shadow ?? START)[key]).toFixed(2)));
      made.disable(!shadow);
    }
  };
  for (const name of ['document', 'selection']) bench.on(name, draw);
  draw();
};
