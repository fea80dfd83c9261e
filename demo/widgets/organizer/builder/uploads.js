// Sends files to a build, a few at a time; a line that is gone for a moment is waited for.

import { h } from '../dom.js';
import { chosenFiles, droppedFiles } from './dropped.js';

const AT_ONCE = 3;
const TRIES = 6;
const ACCEPT = 'image/*,.zip,.csv,.json,.tif,.tiff,.heic,.heif,.avif,.bmp';

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

const sendOne = async (address, file) => {
  for (let turn = 1; ; turn += 1) {
    const answer = await fetch(address, { method: 'PUT', body: file }).catch(() => null);
    if (answer?.ok) return '';
    if (answer && answer.status < 500 && answer.status !== 429) {
      const { error } = await answer.json().catch(() => ({}));
      return error?.message ?? 'The server did not take this file. Please try again.';
    }
    if (turn === TRIES) return 'The server did not answer. Please try again.';
    await pause(turn);
  }
};

// Sends [{path, file}] into an area of the build; resolves to the messages of the files that were refused.
const sendAll = async (work, area, files, say) => {
  const waiting = [...files];
  const refused = [];
  let done = 0;
  const next = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const path = `${area}/${one.path}`.split('/').map(encodeURIComponent).join('/');
      const fault = await sendOne(`/organizer/api/builds/${work.build.id}/files/${path}`, one.file);
      if (fault) refused.push(`${one.file.name}: ${fault}`);
      done += 1;
      say(`${done} of ${files.length} files`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return refused;
};

const MOST_SHOWN = 8;

// A place to drop files on, with buttons to choose files or a folder. place: from the path of a file to the
// area of the build; label: what belongs here.
export const dropZone = (work, { label, hint, area, folder = true, prefix = '' }) => {
  const state = h('p', { class: 'org-small', role: 'status' });
  const faults = h('ul', { class: 'bld-faults' });
  const take = async (listing) => {
    const files = (await listing).filter(({ file }) => !file.name.startsWith('.'));
    if (!files.length) return;
    faults.replaceChildren();
    state.textContent = `0 of ${files.length} files`;
    const named = files.map(({ path, file }) => ({ path: prefix + path, file }));
    const refused = await sendAll(work, area, named, (text) => {
      state.textContent = text;
    });
    state.textContent = '';
    faults.replaceChildren(...refused.slice(0, MOST_SHOWN).map((text) => h('li', {}, text)));
    if (refused.length > MOST_SHOWN) faults.append(h('li', {}, `${refused.length} files were not used.`));
    await work.reload();
  };
  const picker = (text, props) => {
    const input = h('input', {
      type: 'file',
      multiple: true,
      class: 'bld-file',
      ...props,
      change: (event) => take(Promise.resolve(chosenFiles(event.target.files))),
    });
    return h('label', { class: 'org-button bld-pick' }, h('span', {}, text), input);
  };
  const zone = h(
    'div',
    {
      class: 'bld-drop',
      role: 'group',
      'aria-label': label,
      dragover: (event) => {
        event.preventDefault();
        zone.classList.add('over');
      },
      dragleave: () => zone.classList.remove('over'),
      drop: (event) => {
        event.preventDefault();
        zone.classList.remove('over');
        take(droppedFiles(event.dataTransfer));
      },
    },
    h('b', {}, label),
    h('p', { class: 'org-small' }, hint),
    h(
      'div',
      { class: 'org-buttons' },
      picker('Choose files', { accept: ACCEPT }),
      folder && picker('Choose a folder', { webkitdirectory: true }),
    ),
    state,
    faults,
  );
  return zone;
};
