// Works through the pictures of a batch: uploads, asks for each result, waits where the server is busy, and counts.
const AT_ONCE = 2; // pictures: one is uploaded while the other is harmonized
const LONGEST_WAIT = 60; // seconds that a refusal may ask to wait; beyond it the batch ends with the message
const BUSY = new Set([429, 503]);
const SHORTEST_WAIT = 2; // seconds

const pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

// The name of a file with the folders it was chosen with.
export const nameOf = (file) => file.webkitRelativePath || file.name;

// Sorts files by what they are for: {zips, looks, pictures}.
export const sorted = (files) => {
  const of = (pattern) => files.filter(({ name }) => pattern.test(name));
  const [zips, looks] = [of(/\.zip$/i), of(/\.(json|cube|acv|xmp)$/i)];
  const hidden = ({ name }) => name.startsWith('.');
  const pictures = files.filter((file) => !zips.includes(file) && !looks.includes(file) && !hidden(file));
  return { zips, looks, pictures };
};

// Returns the words for what is left, or '' while nothing is known. seconds: so far; done and total: pictures.
export const timeLeft = (seconds, done, total) => {
  if (!done || done >= total) return '';
  const left = (seconds / done) * (total - done);
  if (left < 90) {
    const rounded = left < 10 ? Math.max(1, Math.round(left)) : 5 * Math.round(left / 5);
    return rounded === 1 ? 'about 1 second left' : `about ${rounded} seconds left`;
  }
  if (left < 5400) return `about ${Math.round(left / 60)} minutes left`;
  return `about ${Math.round(left / 3600)} hours left`;
};

// Repeats a request while the server is busy.
export const patiently = async (request, signal) => {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!BUSY.has(error.status) || (error.wait ?? 0) > LONGEST_WAIT) throw error;
      await pause(Math.max(SHORTEST_WAIT, error.wait ?? 0), signal);
    }
  }
};

// Uploads a file for the batch and returns its files on the server: [{id, name}].
export const send = async (server, file, signal, onProgress = () => {}) => {
  const address = `/files/batch?name=${encodeURIComponent(nameOf(file))}`;
  const { files } = await patiently(() => server.uploadTo(address, file, onProgress, { signal }), signal);
  return files;
};

// Makes all results: {finished: [{id, name, item}], failed: [{name, message, item}]}. What one picture cannot do does not stop the others.
// items: [{key, name, picture, mask}]; key: the name of the picture's file; picture and mask: a File or an id on the server, mask null where there is none. edit: for all; null: the model's answer.
// done: what an earlier run made, whose pictures are left out. tell: called after each picture and each file that was sent; onSent(file, id)
// before it. Throws where the server refuses to go on, with what is finished in `done`.
export const workThrough = async ({ server, items, edit, kind, signal, done, onSent }, tell) => {
  const sent = new Map();
  const idOf = (file) => {
    if (!(file instanceof Blob)) return file;
    if (!sent.has(file))
      sent.set(
        file,
        send(server, file, signal).then(([{ id }]) => {
          onSent(file, id);
          tell(done);
          return id;
        }),
      );
    return sent.get(file);
  };
  const makeOne = async ({ name, picture, mask }) => {
    const files = { picture: await idOf(picture), mask: mask ? await idOf(mask) : null };
    const body = { name, ...files, edit, kind };
    return patiently(() => server.post('/batch/picture', body, { signal }), signal);
  };
  const known = new Set([...done.finished, ...done.failed].map(({ item }) => item));
  const rest = items.filter(({ key }) => !known.has(key));
  const all = rest.flatMap(({ picture, mask }) => [picture, mask]).filter(Boolean);
  let stopped = null;
  const worker = async () => {
    while (rest.length && !stopped) {
      const item = rest.shift();
      try {
        done.finished.push({ ...(await makeOne(item)), item: item.key });
      } catch (error) {
        if (signal.aborted || BUSY.has(error.status) || error.status === 413) {
          stopped ??= error;
          return;
        }
        done.failed.push({ name: item.key, message: error.message, item: item.key });
      }
      tell(done);
    }
  };
  // Files are sent ahead: a page that is left later has lost none of them.
  const sendAhead = async () => {
    for (const file of all) {
      if (stopped || signal.aborted) return;
      await Promise.resolve(idOf(file)).catch(() => {}); // whoever needs the file reports it
    }
  };
  await Promise.all([sendAhead(), ...Array.from({ length: AT_ONCE }, worker)]);
  if (stopped && !signal.aborted) throw Object.assign(stopped, { done });
  return done;
};
