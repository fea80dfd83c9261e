// Takes files that are dropped or pasted anywhere on the page, or chosen; and offers to find the object where there is none yet.
const filesOf = (transfer) => [...(transfer?.files ?? [])];
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');

export const drop = (bench, root) => {
  const here = () => root.isConnected;
  let inside = 0;
  const mark = (on) => {
    inside = on ? inside + 1 : 0;
    if (on) root.dataset.dropping = 'yes';
    else delete root.dataset.dropping;
  };
  // A drop beside the stage must not leave the page.
  addEventListener('dragover', (event) => {
    if (!here() || !carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    if (!inside) mark(true);
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) mark(false);
  });
  addEventListener('drop', (event) => {
    if (!here() || !carriesFiles(event)) return;
    event.preventDefault();
    mark(false);
    if (!document.querySelector('dialog[open]')) bench.ask('files', filesOf(event.dataTransfer));
  });
  addEventListener('paste', (event) => {
    const files = filesOf(event.clipboardData);
    if (!here() || !files.length || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    bench.ask('files', files);
  });

  const area = root.querySelector('.wb-files');
  area.innerHTML = `<div class="wb-file"><b class="wb-file-name" translate="no"></b><span class="wb-file-facts"></span></div>
    <div class="wb-file-row"><button type="button" class="wb-button main" data-do="choose">Open pictures…</button>
    <button type="button" class="wb-button" data-do="mask">Mask…</button></div>
    <input type="file" multiple hidden accept="${bench.value.accept.all}" aria-label="Pictures to open">`;
  const input = area.querySelector('input');
  const choose = () => input.click();
  input.addEventListener('change', () => {
    const files = [...input.files];
    input.value = ''; // the same file may be chosen again
    bench.ask('files', files);
  });
  area.addEventListener('click', (event) => {
    const action = event.target.closest('button')?.dataset.do;
    if (action === 'choose') choose();
    if (action === 'mask') bench.ask('find-object', bench.object?.mask ? bench.object.id : null);
  });
  const draw = () => {
    const facts = bench.files[bench.document?.background];
    area.querySelector('.wb-file-name').textContent = bench.ask('example-title') ?? facts?.name ?? '';
    area.querySelector('.wb-file-facts').textContent = facts ? `${facts.width} × ${facts.height}` : '';
    root.querySelector('.wb-title').textContent = bench.ask('example-title') ?? facts?.name ?? '';
    area.querySelector('[data-do=mask]').disabled = !facts;
  };
  bench.on('document', draw);
  bench.on('files', draw);
  bench.offer('choose-file', choose);
  bench.keys('o', 'Open pictures', choose);
};
