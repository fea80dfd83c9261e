// The step about pictures: where they come from, and which of them lack something.

import { h, name } from '../dom.js';
import { choiceField, tick } from './fields.js';
import { dropZone } from './uploads.js';

const KINDS = [
  ['composites', 'Composites with a mask of the object'],
  ['images', 'Finished results of any editing task, without masks'],
];
const REFERENCES = [
  ['none', 'Nothing'],
  ['composite', 'The picture before it was processed'],
  ['reference', 'A reference picture'],
];
const MOST_NAMES = 12;

const listed = (names) => names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '');

const removal = (work, text, places) =>
  h('button', { type: 'button', class: 'org-button', click: () => work.act('remove', { places }) }, text);

const fromCompare = (work) => {
  const count = work.catalog.compare;
  if (!count) return null;
  const text = count === 1 ? 'Take 1 picture from Compare' : `Take ${count} pictures from Compare`;
  return h('button', { type: 'button', class: 'org-button', click: () => work.act('compare') }, text);
};

const fromServer = (work) => {
  if (!work.catalog.folders.length) return null;
  const input = h('input', { type: 'text', value: work.catalog.folders[0], translate: 'no' });
  const click = () => work.act('folder', { path: input.value });
  return h(
    'div',
    { class: 'org-copy' },
    h('label', {}, h('span', {}, 'Folder on this server'), input),
    h('button', { type: 'button', class: 'org-button', click }, 'Use this folder'),
  );
};

const count = (number, one, many) => (number === 1 ? one : many);

const found = (work, images) => {
  const { files } = work.build;
  const parts = [
    h('p', {}, h('b', {}, count(files.items.length, '1 picture', `${files.items.length} pictures`))),
  ];
  if (files.items.length) parts.push(h('p', { class: 'org-small', translate: 'no' }, listed(files.items)));
  if (!images && files.without_mask.length) {
    parts.push(h('p', { class: 'bld-problem' }, 'Without a mask: ', name(listed(files.without_mask))));
  }
  if (!images && files.without_picture.length) {
    parts.push(
      h('p', { class: 'bld-problem' }, 'Masks without a picture: ', name(listed(files.without_picture))),
    );
  }
  const own = images ? ['results'] : ['composite', 'mask', 'background'];
  if (files.items.length) parts.push(removal(work, 'Remove all pictures', own));
  return parts;
};

const beside = (work, images) => {
  const table = work.table('viewing');
  const value = table.reference ?? 'none';
  const { files } = work.build;
  const change = (chosen) => {
    work.change('viewing', 'reference', chosen);
    if (chosen === 'none') work.change('viewing', 'reference_beside', null);
    work.redraw();
  };
  const zones = [];
  if (value === 'reference') {
    zones.push(
      dropZone(work, {
        label: 'Reference pictures',
        hint: 'One for each picture, with the same name.',
        area: 'reference',
      }),
      h('p', {}, count(files.references, '1 reference picture', `${files.references} reference pictures`)),
    );
  }
  if (images) {
    zones.push(
      dropZone(work, {
        label: 'Pictures before they were processed, and prompts.csv',
        hint: 'Not needed. prompts.csv has the columns name and prompt.',
        area: 'inputs',
      }),
      h(
        'p',
        {},
        count(files.inputs, '1 picture', `${files.inputs} pictures`),
        files.prompts && h('span', { translate: 'no' }, ', prompts.csv'),
      ),
    );
  }
  return [
    choiceField('viewing.reference', 'What people may compare both pictures with', value, REFERENCES, change),
    value === 'none'
      ? ''
      : tick(
          'Show it between both pictures',
          work.table('viewing').reference_beside ?? false,
          (on) => work.change('viewing', 'reference_beside', on),
          'Where the screen has room. Otherwise, and with a key, it takes the place of both.',
        ),
    ...zones,
  ];
};

const KNOWN = {
  gold: [
    'Pairs with a known answer',
    'They show who does not look. Step People states how many each person gets.',
  ],
  practice: [
    'Practice pairs with a known answer',
    'They come first. After the answer, people see which picture is the better one. Nothing of them counts.',
  ],
};

const outlines = (work) =>
  tick(
    'People can show the outline of the object over both pictures',
    work.table('viewing').outline ?? false,
    (on) => {
      work.change('viewing', 'outline', on);
      work.redraw();
    },
    'It is never shown without their wish, because it directs the eye.',
  );

const known = (work, area) => {
  const number = work.build.files[area];
  const zone = (label, prefix) => dropZone(work, { label, hint: 'Equal names in both.', area, prefix });
  const [title, text] = KNOWN[area];
  return h(
    'details',
    { open: number > 0 },
    h('summary', {}, title),
    h('p', { class: 'org-small' }, text),
    h(
      'div',
      { class: 'bld-two' },
      zone('The better pictures', 'better/'),
      zone('The worse pictures', 'worse/'),
      (work.table('viewing').reference ?? 'none') !== 'none' && zone('What is shown with them', 'reference/'),
      work.table('viewing').outline && zone('Masks for their outlines', 'mask/'),
    ),
    h('p', {}, count(number, '1 pair', `${number} pairs`)),
    number > 0 && removal(work, 'Remove these pairs', [area]),
  );
};

export const picturesStep = (root, work) => {
  const draw = () => {
    const kind = work.table('stimuli').kind ?? 'composites';
    const images = kind === 'images';
    const change = (chosen) => {
      work.change('stimuli', 'kind', chosen);
      work.change('stimuli', 'methods', []);
      if (chosen === 'images') work.change('viewing', 'outline', null);
      work.redraw();
    };
    const zone = images
      ? {
          label: 'Results of the methods',
          hint: 'A folder for each method, with pictures of equal names, or one zip file of these folders.',
          area: 'results',
        }
      : {
          label: 'Composites and masks',
          hint: 'Masks have the name of their picture with _mask at the end, or lie in a folder mask. A zip file works too.',
          area: 'pictures',
        };
    root.replaceChildren(
      choiceField('stimuli.kind', 'What is compared', kind, KINDS, change),
      dropZone(work, zone),
      h('div', { class: 'org-buttons' }, fromCompare(work)),
      fromServer(work) ?? '',
      h('div', { class: 'bld-found', role: 'status' }, ...found(work, images)),
      ...beside(work, images),
      images ? '' : outlines(work),
      known(work, 'gold'),
      known(work, 'practice'),
    );
  };
  draw();
  return draw;
};
