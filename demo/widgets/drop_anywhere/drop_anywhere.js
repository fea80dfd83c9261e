// Takes files that are dropped or pasted anywhere on the page and gives each to the field that it belongs to.
const page = element.querySelector('.drop-page'),
  problem = element.querySelector('.notice');
const TOO_MANY = 'Please drop one picture, or a picture together with its mask or cut-out.';
const field = (slot) => document.querySelector(`#drop-${slot} input`);
const pastes = () => field('background')?.checkVisibility() ?? false;

// Returns [slot, file] for each recognized file, or null where it is not clear which is which.
const slotsOf = (given) => {
  const of = (kind) => given.filter((one) => one.kind === kind).map(({ file }) => file);
  const [pictures, masks, cutouts] = [of('picture'), of('mask'), of('cutout')];
  if (!given.length || given.length !== pictures.length + masks.length + cutouts.length) return null;
  if (given.length === 1) {
    if (masks.length) return [['mask', masks[0]]];
    if (cutouts.length) return [[pastes() ? 'cutout' : 'composite', cutouts[0]]];
    return [[pastes() ? 'background' : 'composite', pictures[0]]];
  }
  if (given.length > 2) return null;
  const [picture] = [...pictures, ...cutouts];
  if (masks.length === 1)
    return [
      ['composite', picture],
      ['mask', masks[0]],
    ];
  if (pictures.length === 1 && cutouts.length === 1)
    return [
      ['background', picture],
      ['cutout', cutouts[0]],
    ];
  return null;
};
const MOST_FRAMES = 120;
const until = async (isThere) => {
  for (let frame = 0; !isThere() && frame < MOST_FRAMES; frame += 1) await new Promise(requestAnimationFrame);
};
// Opens the fields, with the tab in which this slot is.
const show = async (slot) => {
  const fold = document.querySelector('#show-own'),
    tabs = document.querySelector('.ways');
  if (!tabs.checkVisibility()) fold.click();
  await until(() => tabs.checkVisibility());
  const number = slot === 'background' || slot === 'cutout' ? 1 : 0;
  if (!field(slot)?.checkVisibility()) tabs.querySelectorAll('[role=tab]')[number].click();
  await until(() => field(slot)?.checkVisibility());
};
const put = (slot, file) => {
  const carrier = new DataTransfer();
  carrier.items.add(file);
  field(slot).files = carrier.files;
  field(slot).dispatchEvent(new Event('change', { bubbles: true }));
};
const take = async (files) => {
  problem.hidden = true;
  const { recognize } = await import('FOLDER/recognize.js');
  const slots = files.length > 2 ? null : slotsOf(await Promise.all(files.map(recognize)));
  if (!slots) {
    problem.textContent = TOO_MANY;
    problem.hidden = false;
    return;
  }
  await show(slots[0][0]);
  for (const [slot, file] of slots) put(slot, file);
};

const here = () => element.isConnected;
const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
const own = (event) => event.target.closest?.('.drop');
const busy = () => document.querySelector('dialog[open]');
// A drop beside the fields must not leave the page. The fields themselves stop the events that are theirs.
addEventListener(
  'dragover',
  (event) => {
    if (here() && carries(event)) page.classList.toggle('over', !own(event) && !busy());
  },
  true,
);
addEventListener('dragover', (event) => {
  if (here() && carries(event)) event.preventDefault();
});
addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) page.classList.remove('over');
});
addEventListener('drop', () => page.classList.remove('over'), true);
addEventListener('drop', (event) => {
  if (!here() || !carries(event)) return;
  event.preventDefault();
  if (!busy()) take([...event.dataTransfer.files]);
});
addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!here() || !files.length || busy()) return;
  event.preventDefault();
  take(files);
});
