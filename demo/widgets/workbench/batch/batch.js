// Harmonizes many pictures: a dialog that takes pictures with masks, or a zip, and gives a zip back.
import { createKeeper, missing, stateOf } from './kept.js';
import { counted, itemOf, MARKUP } from './markup.js';
import { nameOf, patiently, send, sorted, timeLeft, workThrough } from './work.js';

export const batch = (bench, root) => {
  const dialog = document.createElement('dialog');
  dialog.className = 'wb-dialog wb-batch';
  dialog.setAttribute('aria-labelledby', 'wb-batch-title');
  dialog.innerHTML = MARKUP;
  root.querySelector('[data-slot=dialogs]').append(dialog);
  const find = (selector) => dialog.querySelector(selector);
  const [kind, choice] = [find('.wb-batch-kind'), find('.wb-batch-edit')];
  let sources = new Map(); // by name: a file of this computer, or an id on the server
  let pairs = [];
  let look = null; // {name, edit, about}
  let running = null;
  let done = { finished: [], failed: [] };
  let job = null; // {edit, kind}: what was chosen when the batch started
  const keeper = createKeeper(bench.server);
  const keep = () => keeper.save(() => stateOf({ sources, pairs, done, ...job, running: Boolean(running) }));

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
    find('[data-do=start]').disabled = !pairs.length || missing({ sources, pairs }).length > 0;
    find('[data-do=start]').classList.toggle('main', state !== 'done');
    find('[data-do=stop]').hidden = !busy;
    find('.wb-batch-bar').hidden = state !== 'running';
  };
  const forget = () => {
    sources = new Map();
    pairs = [];
    done = { finished: [], failed: [] };
    job = null;
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
    if (job && missing({ sources, pairs, done }).length) {
      addMissing(files);
      return;
    }
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
  // Files of a batch that was left before they were sent.
  const addMissing = (files) => {
    for (const file of files) if (sources.has(nameOf(file))) sources.set(nameOf(file), file);
    goOn();
  };
  const finish = async (stopped) => {
    const { finished, failed } = done;
    const words = `${finished.length} of ${pairs.length} pictures are finished.`;
    find('.wb-batch-progress').textContent = stopped ? `Stopped. ${words}` : words;
    find('.wb-batch-errors').replaceChildren(...failed.map(itemOf));
    if (!finished.length) return;
    const link = find('[data-do=download]');
    const { url, name } = await bench.server.post('/batch/zip', { files: finished.map(({ id }) => id) });
    Object.assign(link, { href: url, download: name, hidden: false });
    link.focus();
  };
  const tellFrom = (before) => {
    const began = performance.now();
    const [bar, progress] = [find('.wb-batch-bar'), find('.wb-batch-progress')];
    return () => {
      const { finished, failed } = done;
      const [count, total] = [finished.length + failed.length, pairs.length];
      // What cannot be used takes no time, so nothing is known before two pictures are finished.
      const left = timeLeft(
        (performance.now() - began) / 1000,
        finished.length > before.finished + 1 ? count - before.all : 0,
        total - before.all,
      );
      bar.value = count / total;
      progress.textContent = left
        ? `${count} of ${total} pictures, ${left}`
        : `${count} of ${total} pictures`;
      find('.wb-batch-errors').replaceChildren(...failed.map(itemOf));
      keep();
    };
  };
  // Makes what is not done.
  const run = async () => {
    reset();
    const tell = tellFrom({
      finished: done.finished.length,
      all: done.finished.length + done.failed.length,
    });
    tell();
    const items = pairs.map(({ name, picture, mask }) => ({
      key: picture,
      name,
      picture: sources.get(picture),
      mask: mask ? sources.get(mask) : null,
    }));
    const onSent = (file, id) => {
      for (const [name, source] of sources) if (source === file) sources.set(name, id);
    };
    await guarded('running', async (signal) => {
      const wanted = { server: bench.server, items, ...job, signal, done, onSent };
      try {
        await workThrough(wanted, tell);
        await finish(signal.aborted);
      } catch (error) {
        await finish(true);
        throw error;
      }
    });
    keep();
    show('done');
  };
  const start = async () => {
    done = { finished: [], failed: [] };
    job = { edit: editForAll(), kind: kind.value };
    await keeper.take(false);
    await run();
  };
  // Goes on with a batch whose page was left.
  const goOn = () => {
    const count = missing({ sources, pairs, done }).length;
    if (!count) {
      run();
      return;
    }
    say(
      count === 1
        ? '1 file was not sent before the page was left. Please choose it again, then the batch goes on.'
        : `${count} files were not sent before the page was left. Please choose them again, then the batch goes on.`,
    );
  };
  const again = async (kept) => {
    if (dialog.open || !(await keeper.take(true))) return;
    open();
    sources = new Map(Object.entries(kept.sources));
    pairs = kept.pairs;
    done = { finished: kept.finished, failed: kept.failed };
    job = { edit: kept.edit, kind: kept.kind };
    kind.value = job.kind;
    find('.wb-batch-count').textContent = counted(pairs.length);
    show('done');
    if (kept.running) goOn();
    else
      await finish(done.finished.length + done.failed.length < pairs.length).catch((error) =>
        say(error.message),
      );
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
    if (sources.size) keeper.clear();
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
  bench.offer('batch-again', again);
};
