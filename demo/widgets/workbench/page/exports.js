// Downloads the picture in several formats, and the edit for other programs.
const PICTURES = [
  { kind: 'png', title: 'PNG', hint: 'Full size, nothing lost' },
  { kind: 'jpg', title: 'JPEG', hint: 'Full size, a smaller file' },
  { kind: 'tif', title: 'TIFF', hint: 'Full size, 8 or 16 bits, nothing lost' },
  { kind: 'webp', title: 'WebP', hint: 'Full size, small and nothing lost' },
  { kind: 'layer', title: 'The object alone', hint: 'A PNG with transparency around it' },
];
const PROGRAMS = [
  {
    kind: 'psd',
    title: 'Photoshop file (.psd)',
    hint: 'Background, object with its mask, and the curves as a layer. Also for Affinity, GIMP and Krita.',
  },
  {
    kind: 'cube',
    title: 'Colour table (.cube)',
    hint: 'The colours for video and photo programs. The light is not in it.',
  },
  {
    kind: 'acv',
    title: 'Photoshop curves (.acv)',
    hint: 'Load it in a Curves layer. Light, saturation and hue are not in it.',
  },
  { kind: 'light', title: 'Light as a picture', hint: 'A grey PNG of 16 bits: mid-grey changes nothing.' },
  {
    kind: 'json',
    title: 'The edit as numbers (.json)',
    hint: 'Drop it on another picture here to apply it there.',
  },
];

const itemOf = ({ kind, title, hint }) => {
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', className: 'wb-export' });
  button.dataset.kind = kind;
  button.innerHTML = '<b></b><small></small>';
  button.querySelector('b').textContent = title;
  button.querySelector('small').textContent = hint;
  return button;
};

const startDownload = ({ url, name }) => {
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
};

export const exportsPart = (bench, root) => {
  const foot = root.querySelector('.wb-foot');
  foot.innerHTML = `<button type="button" class="wb-button main wb-download" aria-haspopup="true" aria-expanded="false" aria-controls="wb-formats">Download</button>
    <button type="button" class="wb-button" data-do="reset" title="Back to what the model answered">Reset</button>
    <div class="wb-formats" id="wb-formats" role="group" aria-label="Formats" hidden></div>`;
  const [main, reset] = foot.querySelectorAll('.wb-button');
  const menu = foot.querySelector('.wb-formats');
  const panel = bench.panel('download', 'Other programs');
  menu.append(...PICTURES.map(itemOf));
  panel.append(...PROGRAMS.map(itemOf));

  const show = (on) => {
    menu.hidden = !on;
    main.setAttribute('aria-expanded', String(on));
    if (on) menu.querySelector('button').focus();
  };
  const fetchFile = async (kind) => {
    bench.busy('export', 'Making the file at full size…');
    draw();
    try {
      startDownload(await bench.server.post('/export', { document: bench.document, kind }));
    } catch (error) {
      bench.say(error.message, 'error');
    } finally {
      bench.busy('export', null);
      draw();
    }
  };
  const draw = () => {
    const objects = bench.document?.objects ?? [];
    const ready = objects.length > 0 && !bench.isBusy('export');
    main.disabled = !ready;
    for (const button of root.querySelectorAll('.wb-export')) button.disabled = !ready;
    reset.disabled = !bench.object?.answer;
  };
  const onPick = (event) => {
    const kind = event.target.closest('.wb-export')?.dataset.kind;
    if (!kind) return;
    show(false);
    fetchFile(kind);
  };
  menu.addEventListener('click', onPick);
  panel.addEventListener('click', onPick);
  main.addEventListener('click', () => show(menu.hidden));
  foot.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || menu.hidden) return;
    show(false);
    main.focus();
  });
  document.addEventListener('pointerdown', (event) => {
    if (!foot.contains(event.target)) show(false);
  });
  reset.addEventListener('click', () => bench.ask('reset'));
  bench.on('document', draw);
  bench.on('selection', draw);
  bench.keys('Ctrl+s', 'Download as PNG', () => {
    if (!main.disabled) fetchFile('png');
  });
  draw();
};
