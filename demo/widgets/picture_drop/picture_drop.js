// Uploads a picture that is chosen or dropped, and shows its thumbnail or the error.
const find = (name) => element.querySelector(name);
const show = (state, message) => {
  find('.drop').dataset.state = state;
  find('.drop-note').textContent = message || '';
  if (state !== 'ready') find('.drop-hint').textContent = message || props.hint;
};
const draw = () => {
  const value = props.value || {};
  for (const title of element.querySelectorAll('.drop-title')) title.textContent = props.title;
  if (value.thumb) find('.drop-thumb').src = value.thumb;
  else find('.drop-thumb').removeAttribute('src');
  show(value.state || 'empty', value.note);
};
// Returns the sentence in which the server states why it refused a file.
const words = (error) => /^HTTP \d+: (.+)/.exec(error?.message)?.[1];
const take = async (file) => {
  if (!file) return;
  show('busy', 'Uploading…');
  try {
    const kept = await upload(file);
    trigger('picked', { path: kept.path, name: file.name });
  } catch (error) {
    show('error', words(error) || `The upload did not work. Is the file larger than ${props.limit}?`);
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
    find('.drop').classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') take(event.dataTransfer.files[0]);
  });
}
watch('value', draw);
draw();
