// Shows what the page does, the keys, and the details of the picture that is open.
import { shown } from '../bench/keys.js';

const TOUCH = [
  'Drag the line to compare before and after.',
  'Pinch, double-click, or hold Ctrl and turn the wheel to zoom; drag to move.',
  'Drop or paste a picture anywhere on the page.',
];

const make = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
const listOf = (pairs) =>
  pairs.flatMap(([term, words]) => {
    const name = make('dt', '');
    name.append(...[term].flat());
    return [name, Object.assign(make('dd', words), { translate: term !== 'File' })];
  });
const withOr = (keys) => keys.flatMap((key, index) => [...(index ? [' or '] : []), make('kbd', key)]);

// Returns facts about the open picture and the last answer as pairs of words.
const detailsOf = (bench) => {
  const picture = bench.files[bench.document?.background];
  if (!picture) return [];
  const answer = bench.object && bench.facts(bench.object.id);
  const pairs = [
    ['File', picture.name],
    [
      'Size',
      `${picture.width} × ${picture.height} pixels, ${((picture.width * picture.height) / 1e6).toFixed(1)} megapixels`,
    ],
    ['Kind', picture.about],
  ];
  if (!picture.srgb)
    pairs.push([
      'Colours',
      'This picture has a colour profile of its own. The download keeps it; the view here is close, not equal.',
    ]);
  if (answer?.seconds) pairs.push(['Time', `The model answered in ${answer.seconds.toFixed(2)} seconds.`]);
  return pairs;
};

export const help = (bench, root) => {
  const dialog = document.createElement('dialog');
  dialog.className = 'wb-dialog wb-help';
  dialog.setAttribute('aria-labelledby', 'wb-help-title');
  dialog.innerHTML = `<div class="wb-dialog-head"><h2 id="wb-help-title">Help</h2><button type="button" class="wb-close" aria-label="Close the help">×</button></div>
    <p>The model looks at the object and at the picture around it, and answers with curves for its colours and a map for its light. You can change both.
    Every pixel outside the object stays as it was, unless you add a shadow.</p>
    <ul></ul><h3>Keys</h3><dl class="wb-help-keys"></dl><h3>This picture</h3><dl class="wb-help-facts"></dl>`;
  root.querySelector('[data-slot=dialogs]').append(dialog);
  dialog.querySelector('ul').append(...TOUCH.map((text) => make('li', text)));

  const keysByLabel = () => {
    const byLabel = new Map();
    for (const { key, label } of bench.keys.list())
      byLabel.set(label, [...(byLabel.get(label) ?? []), shown(key)]);
    return [...byLabel].map(([label, keys]) => [withOr(keys), label]);
  };
  const open = () => {
    dialog.querySelector('.wb-help-keys').replaceChildren(...listOf(keysByLabel()));
    dialog.querySelector('.wb-help-facts').replaceChildren(...listOf(detailsOf(bench)));
    dialog.showModal();
  };
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog || event.target.closest('.wb-close')) dialog.close();
  });
  root.querySelector('[data-do=help]').addEventListener('click', open);
  bench.keys('?', 'This help', open);
  bench.offer('help', open);
};
