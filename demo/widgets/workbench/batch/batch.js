// Harmonizes many pictures: a dialog that takes pictures with masks, or a zip, and gives a zip back.
import { nameOf, patiently, send, sorted, timeLeft, workThrough } from './work.js';

const HEAD = `<div class="wb-dialog-head"><h2 id="wb-batch-title">Many pictures</h2><button type="button" class="wb-close" aria-label="Close">×</button></div>
  <p class="wb-batch-how">Add pictures and their masks: cat.jpg with cat_mask.png, or the folders composite and mask, or a zip of them. A picture with transparency needs no mask.</p>
  <div class="wb-batch-add"><button type="button" class="wb-button" data-do="files">Choose files…</button><button type="button" class="wb-button" data-do="folder">Choose a folder…</button>
  <input type="file" multiple hidden data-of="files" aria-label="Files"><input type="file" webkitdirectory hidden data-of="folder" aria-label="Folder"></div>`;
const BODY = `<p class="wb-batch-count" role="status"></p><details class="wb-batch-left" hidden><summary></summary><ul></ul></details>
  <div class="wb-batch-options"><label><span>Colours and light</span><select class="wb-batch-edit"><option value="model">The model’s answer for each picture</option>
  <option value="open">The edit of the open picture, for all</option><option value="file">An edit from a file, for all…</option></select></label>
  <label><span>Format</span><select class="wb-batch-kind"><option value="png">PNG</option><option value="jpg">JPEG</option><option value="tif">TIFF</option><option value="webp">WebP</option>
  <option value="psd">Photoshop</option></select></label><input type="file" hidden data-of="look" accept=".json,.cube,.acv,.xmp" aria-label="Edit"></div>
  <p class="wb-batch-about" hidden></p><progress class="wb-batch-bar" max="1" value="0" aria-label="Pictures" hidden></progress>
  <p class="wb-batch-progress" role="status"></p><p class="notice wb-batch-message" role="alert" hidden></p><ul class="wb-batch-errors" aria-label="Files that could not be used"></ul>
  <div class="wb-batch-foot"><button type="button" class="wb-button main" data-do="start">Start</button><button type="button" class="wb-button" data-do="stop">Cancel</button>
  <a class="wb-button main" data-do="download" hidden>Download all</a></div>`;

// Most messages name their file.
const itemOf = ({ name, message }) => {
  const item = document.createElement('li');
  if (message.includes(name.split('/').at(-1))) {
    item.textContent = message;
    return item;
  }
  const bold = Object.assign(document.createElement('b'), { textContent: name });
  bold.setAttribute('translate', 'no');
  item.append(bold, ' ', Object.assign(document.createElement('span'), { textContent: message }));
  return item;
};

const counted = (count) => (count === 1 ? '1 picture' : `${count} pictures`);

export const batch = (bench, root) => {
  const dialog = document.createElement('dialog');
  dialog.className = 'wb-dialog wb-batch';
  dialog.setAttribute('aria-labelledby', 'wb-batch-title');
  dialog.innerHTML = HEAD + BODY;
  root.querySelector('[data-slot=dialogs]').append(dialog);
  const find = (selector) => dialog.querySelector(selector);
  const [kind, choice] = [find('.wb-batch-kind'), find('.wb-batch-edit')];
  let sources = new Map(); // by name: a file of this computer, or an id on the server
  let pairs = [];
  let look = null; // {name, edit, about}
  let running = null;

  const say = (text) => {
    find('.wb-batch-message').textContent = text;
    find('.wb-batch-message').hidden = !text;
  };
  // state: 'empty', 'ready', 'reading', 'running' or 'done'.
  const show = (state) => {
    dialog.dataset.state = state;
    const busy = state === 'running' || state === 'reading';
    for (const control of dialog.querySelectorAll('select, .wb-batch-add button, .wb-close'))
      control.disabled = busy;
    choice.querySelector('[value=open]').disabled = !bench.object?.edit;
    find('[data-do=start]').hidden = busy || state === 'empty';
    find('[data-do=start]').disabled = !pairs.length;
    find('[data-do=start]').classList.toggle('main', state !== 'done');
    find('[data-do=stop]').hidden = !busy;
    find('.wb-batch-bar').hidden = state !== 'running';
  };
  const forget = () => {
    sources = new Map();
    pairs = [];
    look = null;
    choice.value = 'model';
    find('.wb-batch-about').hidden = true;
    find('.wb-batch-count').textContent = '';
    find('.wb-batch-left').hidden = true;
    reset();
    show('empty');
  };
  // Removes what a batch left.
  const reset = () => {
    say('');
    find('.wb-batch-progress').textContent = '';
    find('.wb-batch-errors').replaceChildren();
    find('[data-do=download]').hidden = true;
  };
  const guarded = async (state, work) => {
    const mine = new AbortController();
    running = mine;
    show(state);
    try {
      await work(mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) say(error.message);
    } finally {
      if (running === mine) running = null;
    }
  };

  const useLook = async (file) => {
    const { edit, about } = await bench.server.post(`/looks?name=${encodeURIComponent(file.name)}`, file);
    look = { edit };
    choice.value = 'file';
    find('.wb-batch-about').textContent = about ?? '';
    find('.wb-batch-about').hidden = !about;
  };
  const sendZip = async (file, signal) => {
    const onProgress = (part) => {
      const percent = Math.min(99, Math.round(100 * part));
      find('.wb-batch-progress').textContent =
        part < 1 ? `Uploading ${file.name}, ${percent} %` : `Reading ${file.name}…`;
    };
    for (const { id, name } of await send(bench.server, file, signal, onProgress)) sources.set(name, id);
    find('.wb-batch-progress').textContent = '';
  };
  const pairUp = async (signal) => {
    const body = { names: [...sources.keys()] };
    const answer = await patiently(() => bench.server.post('/batch/pairs', body, { signal }), signal);
    pairs = answer.pairs;
    find('.wb-batch-count').textContent = counted(pairs.length);
    const left = answer.left_over;
    find('.wb-batch-left').hidden = !left.length;
    find('.wb-batch-left summary').textContent =
      left.length === 1 ? '1 file is left out' : `${left.length} files are left out`;
    find('.wb-batch-left ul').replaceChildren(...left.map(itemOf));
  };
  const add = async (files) => {
    if (!files.length || running) return;
    reset();
    await guarded('reading', async (signal) => {
      const { zips, looks, pictures } = sorted(files);
      for (const file of pictures) sources.set(nameOf(file), file);
      for (const file of looks) await useLook(file);
      for (const file of zips) await sendZip(file, signal);
      await pairUp(signal);
    });
    show(pairs.length ? 'ready' : 'empty');
  };

  const editForAll = () => {
    if (choice.value === 'file') return look?.edit ?? null;
    return choice.value === 'open' ? (bench.object?.edit ?? null) : null;
  };
  const finish = async ({ finished, failed }, stopped) => {
    const words = `${finished.length} of ${pairs.length} pictures are finished.`;
    find('.wb-batch-progress').textContent = stopped ? `Stopped. ${words}` : words;
    find('.wb-batch-errors').replaceChildren(...failed.map(itemOf));
    if (!finished.length) return;
    const link = find('[data-do=download]');
    const { url, name } = await bench.server.post('/batch/zip', { files: finished.map(({ id }) => id) });
    Object.assign(link, { href: url, download: name, hidden: false });
    link.focus();
  };
  const start = async () => {
    reset();
    const began = performance.now();
    const [bar, progress] = [find('.wb-batch-bar'), find('.wb-batch-progress')];
    const tell = ({ finished, failed }) => {
      const count = finished.length + failed.length;
      // What cannot be used takes no time, so nothing is known before two pictures are finished.
      const left = timeLeft(
        (performance.now() - began) / 1000,
        finished.length > 1 ? count : 0,
        pairs.length,
      );
      bar.value = count / pairs.length;
      const total = pairs.length;
      progress.textContent = left
        ? `${count} of ${total} pictures, ${left}`
        : `${count} of ${total} pictures`;
      find('.wb-batch-errors').replaceChildren(...failed.map(itemOf));
    };
    tell({ finished: [], failed: [] });
    const items = pairs.map(({ name, picture, mask }) => ({
      name,
      picture: sources.get(picture),
      mask: mask ? sources.get(mask) : null,
    }));
    await guarded('running', async (signal) => {
      const job = { server: bench.server, items, edit: editForAll(), kind: kind.value, signal };
      try {
        await finish(await workThrough(job, tell), signal.aborted);
      } catch (error) {
        if (error.done) await finish(error.done, true);
        throw error;
      }
    });
    show('done');
  };
  const stop = () => running?.abort(new DOMException('', 'AbortError'));
  const open = (files = []) => {
    if (!dialog.open) {
      forget();
      dialog.showModal();
    }
    add(files);
    return true;
  };

  const choose = (of) => find(`input[data-of=${of}]`).click();
  const actions = { files: () => choose('files'), folder: () => choose('folder'), start, stop };
  dialog.addEventListener('click', (event) => {
    actions[event.target.closest('button')?.dataset.do]?.();
    if (event.target.closest('.wb-close')) dialog.close();
  });
  dialog.addEventListener('change', async ({ target }) => {
    if (target.type === 'file') {
      const files = [...target.files];
      target.value = '';
      add(files);
    } else if (target === choice) {
      if (choice.value === 'file' && !look) choose('look');
      find('.wb-batch-about').hidden = choice.value !== 'file' || !look;
    }
  });
  dialog.addEventListener('cancel', (event) => {
    if (running) event.preventDefault(); // a key pressed by mistake does not end the work
  });
  dialog.addEventListener('close', () => {
    if (sources.size) bench.server.post('/batch/clear').catch(() => {});
  });
  dialog.addEventListener('drop', (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  const opener = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'wb-batch-open',
    textContent: 'Many pictures at once…',
  });
  opener.addEventListener('click', () => open());
  root.querySelector('.wb-files').append(opener);
  bench.offer('batch', open);
};
