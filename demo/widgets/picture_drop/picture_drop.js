// Uploads a picture that is chosen or dropped, and shows its thumbnail, the progress or the error.
const find = (name) => element.querySelector(name);
const root = find('.drop'),
  problem = find('.drop-error');
let kept = {}, // what the server sent last about a picture that it took
  sending = null; // the request of an upload that runs

// What works on the pictures waits while one of them is on its way.
const lock = () => {
  const run = document.querySelector('#run');
  if (run) run.disabled = Boolean(document.querySelector('.drop[data-state=busy]'));
};
const show = (state, message) => {
  root.dataset.state = state;
  find('.drop-note').textContent = message || '';
  if (state !== 'ready') find('.drop-hint').textContent = message || props.hint;
  lock();
};
const complain = (text) => {
  problem.textContent = text || '';
  problem.hidden = !text;
};
const showKept = () => {
  if (kept.thumb) find('.drop-thumb').src = kept.thumb;
  else find('.drop-thumb').removeAttribute('src');
  show(kept.state || 'empty', kept.note);
};
const draw = () => {
  const value = props.value || {};
  element.querySelector('input').accept = props.accept;
  for (const title of element.querySelectorAll('.drop-title')) title.textContent = props.title;
  if (value.state === 'busy') {
    show('busy', value.note);
    return;
  }
  if (value.state === 'refused') complain(value.note);
  else {
    kept = value;
    if (!sending) complain('');
  }
  if (!sending) showKept();
};

// Returns the sentence in which the server states why it refused a file.
const words = (request) => {
  if (request.getResponseHeader('Content-Type')?.startsWith('text/plain')) return request.responseText;
  try {
    return JSON.parse(request.responseText).detail;
  } catch {
    return '';
  }
};
const send = (request, file) =>
  new Promise((resolve, reject) => {
    const form = new FormData();
    form.append('files', file);
    request.upload.addEventListener('progress', (event) => {
      if (sending !== request || !event.lengthComputable) return;
      show('busy', `Uploading ${Math.floor((100 * event.loaded) / event.total)} %`);
    });
    request.addEventListener('load', () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText)[0]);
      else reject(new Error(words(request) || 'The upload did not work. Please try again.'));
    });
    request.addEventListener('error', () =>
      reject(new Error('The upload did not arrive. Please check the connection and try again.')),
    );
    request.open('POST', '/gradio_api/upload');
    request.send(form);
  });
const stop = () => {
  sending?.abort();
  sending = null;
};
const take = async (file) => {
  if (!file) return;
  stop();
  complain('');
  if (file.size > Number.parseFloat(props.limit) * 2 ** 20) {
    complain(`This file is larger than ${props.limit}.`);
    return;
  }
  const request = new XMLHttpRequest();
  sending = request;
  show('busy', 'Uploading…');
  try {
    const path = await send(request, file);
    if (sending !== request) return;
    sending = null;
    trigger('picked', { path, name: file.name });
  } catch (error) {
    if (sending !== request) return;
    sending = null;
    showKept();
    complain(error.message);
  }
};
element.addEventListener('change', (event) => {
  take(event.target.files[0]);
  event.target.value = '';
});
for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  element.addEventListener(kind, (event) => {
    event.preventDefault();
    event.stopPropagation();
    root.classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') take(event.dataTransfer.files[0]);
  });
}
// Of an upload and an example, the one that was chosen last counts.
document.addEventListener('example-chosen', () => {
  stop();
  complain('');
  showKept();
});
watch('value', draw);
draw();
