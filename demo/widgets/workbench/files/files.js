// Opens what a visitor gives: one picture, a picture with its mask, a background with a cut-out, or a part that is missing.

import { freeId, hasPlace, newDocument, newObject } from '../bench/document.js';
import { createChoices } from '../page/choices.js';
import { isMany, planFor, recognize } from './recognize.js';
import { createUploads } from './uploads.js';

const AS_ONE = { x: 0.5, y: 0.5, scale: 1, angle: 0, flip: false };
const SHARE = 0.6; // of the picture's height and width that a cut-out takes at most, as in model/images/composite.py
const BASE = 0.95; // position of its lower edge

export const nameOf = (facts) => facts?.name ?? '';

// Returns where a cut-out is put at first: exactly over the picture where both have the same size, else in the middle, near the lower edge.
export const firstPlace = (background, cutout) => {
  if (background.width === cutout.width && background.height === cutout.height) return { ...AS_ONE };
  const shape = (cutout.height * background.width) / (cutout.width * background.height); // height in 0-1 for a width of 1
  const scale = Math.min(SHARE, SHARE / shape);
  return { ...AS_ONE, y: BASE - (scale * shape) / 2, scale };
};

const sizeOf = ({ width, height }) => `${width} × ${height}`;

export const files = (bench, root) => {
  const choose = createChoices(root);
  const uploads = createUploads(bench, root);
  const background = () => bench.files[bench.document?.background] ?? null;
  const own = () => Boolean(background()) && !bench.ask('is-example');
  let turn = 0;

  const objectOf = (number, parts) => newObject(`o${number}`, `Object ${number}`, parts);
  const checkMask = (mask, picture) => {
    if (mask.width === picture.width && mask.height === picture.height) return;
    throw new Error(
      `The mask has ${sizeOf(mask)} pixels and the picture has ${sizeOf(picture)}. Please use a mask of the same size.`,
    );
  };
  const openDocument = (document) => {
    bench.ask('stop-example');
    bench.open(document, bench.document ? `Open ${nameOf(bench.files[document.background])}` : null);
    bench.say('');
  };
  const open = async ({ picture, mask, cutout }) => {
    const list = [{ given: picture, kind: 'picture' }];
    if (mask) list.push({ given: mask, kind: 'mask' });
    if (cutout) list.push({ given: cutout, kind: 'cutout' });
    const [base, second] = await uploads.upload(list);
    if (mask) checkMask(second, base);
    const objects = [];
    if (mask) objects.push(objectOf(1, { mask: second.id }));
    if (cutout) objects.push(objectOf(1, { cutout: second.id, placement: firstPlace(base, second) }));
    openDocument(newDocument(base.id, objects));
  };
  const addObject = (label, parts) => {
    if (!hasPlace(bench.document)) throw new Error('A picture can have at most 12 objects.');
    const id = freeId(bench.document);
    bench.change(label, (draft) => {
      draft.objects.push(newObject(id, `Object ${id.slice(1)}`, parts));
    });
    bench.select(id);
  };
  const addMask = async (mask) => {
    const target = bench.object?.mask ? bench.object.id : null;
    const picture = background();
    const [facts] = await uploads.upload([{ given: mask, kind: 'mask' }]);
    checkMask(facts, picture);
    useMask(facts, target);
  };
  // Gives a mask to an object, or makes a new object of it.
  const useMask = (facts, id = null) => {
    bench.addFiles([facts]);
    if (!id) {
      addObject('Add an object', { mask: facts.id });
      return;
    }
    bench.change('Change the mask', (draft) => {
      const object = draft.objects.find((one) => one.id === id);
      Object.assign(object, { mask: facts.id, answer: null, edit: null });
    });
  };
  const addCutout = async (cutout) => {
    const picture = background();
    const [facts] = await uploads.upload([{ given: cutout, kind: 'cutout' }]);
    addObject('Place a cut-out', { cutout: facts.id, placement: firstPlace(picture, facts) });
  };
  const applyLook = async (look) => {
    if (!bench.object)
      throw new Error('Please open a picture and mark its object first. Then this look can be applied.');
    const { id } = bench.object;
    bench.busy('look', `Reading ${look.file.name}…`);
    try {
      const { edit, about } = await bench.server.post(
        `/looks?name=${encodeURIComponent(look.file.name)}`,
        look.file,
      );
      bench.change(`Apply ${look.file.name}`, (draft) => {
        const object = draft.objects.find((one) => one.id === id);
        if (object) Object.assign(object, { answer: edit, edit, controls: null });
      });
      if (about) bench.say(about, 'note');
    } finally {
      bench.busy('look', null);
    }
  };
  // The picture of a cut-out that is opened alone is its colours; its transparency is the mask.
  const openWithAlpha = async (cutout) => {
    const [base, mask] = await uploads.upload([
      { given: cutout, kind: 'picture' },
      { given: cutout, kind: 'mask' },
    ]);
    openDocument(newDocument(base.id, [objectOf(1, { mask: mask.id })]));
  };
  const askCutout = async (cutout) => {
    const into = {
      value: 'place',
      title: 'Place it in the picture that is open',
      hint: 'It can be moved, scaled and turned.',
      url: cutout.url,
    };
    const alone = {
      value: 'alone',
      title: 'Open it as a picture of its own',
      hint: 'Its transparency marks the object.',
    };
    const answer = await choose(
      'This picture has transparent parts. What is it?',
      background() ? [into, alone] : [alone],
    );
    if (answer === 'place') await addCutout(cutout);
    if (answer === 'alone') await openWithAlpha(cutout);
  };
  const askWhich = async (given) => {
    const answer = await choose(
      'Which is the picture with the object?',
      given.map(({ file, url }, k) => ({ value: String(k), title: file.name, hint: 'Open this one', url })),
    );
    if (answer !== null) await open({ picture: given[Number(answer)] });
  };
  const plans = {
    open,
    look: ({ look }) => applyLook(look),
    mask: ({ mask }) => addMask(mask),
    'ask-mask': async ({ mask }) => {
      const answer = await choose('This looks like a mask: white is the object. What is it for?', [
        {
          value: 'mask',
          title: 'The picture that is open',
          hint: 'It replaces the mask of its object.',
          url: mask.url,
        },
        { value: 'picture', title: 'It is a picture', hint: 'Open it.' },
      ]);
      if (answer === 'mask') await addMask(mask);
      if (answer === 'picture') await open({ picture: mask });
    },
    'ask-cutout': ({ cutout }) =>
      cutout.width === background().width && cutout.height === background().height
        ? addCutout(cutout)
        : askCutout(cutout),
    'ask-alone': ({ cutout }) => askCutout(cutout),
    'ask-which': ({ given }) => askWhich(given),
    'too-many': async () => {
      throw new Error('Please drop a look by itself, without pictures.');
    },
  };
  // Takes files of any kind. What is refused leaves everything as it was.
  const take = async (list) => {
    if (!list.length) return;
    const mine = ++turn;
    bench.say('');
    try {
      if (isMany(list) && bench.ask('batch', list)) return; // before any of them is decoded
      const given = await Promise.all(list.map(recognize));
      if (mine !== turn) return;
      const { plan, ...parts } = planFor(given, { own: own() });
      if (plan === 'batch') {
        if (bench.ask('batch', list) === undefined)
          throw new Error('Please drop one picture, or a picture together with its mask or cut-out.');
        return;
      }
      await plans[plan](parts);
    } catch (error) {
      if (error.name !== 'AbortError') bench.say(error.message, 'error');
    }
  };
  bench.offer('files', take);
  bench.offer('use-mask', useMask);
  bench.offer('stop-upload', uploads.stop);
  bench.offer('add-object', async () => {
    const answer = await choose('Where is the object?', [
      { value: 'mask', title: 'In this picture', hint: 'Mark it by a click, a box or a brush.' },
      {
        value: 'file',
        title: 'In a file of its own',
        hint: 'A cut-out with transparency, or a mask of this picture.',
      },
    ]);
    if (answer === 'mask') bench.ask('find-object');
    if (answer === 'file') bench.ask('choose-file');
  });
};
