// Lists the objects of the picture, the uppermost first: choose, rename, hide, reorder, split, remove, add.
const ICONS = { true: 'Hide', false: 'Show' };

const row = (object, chosen, place) => {
  const item = document.createElement('li');
  item.className = 'wb-object';
  item.dataset.id = object.id;
  item.draggable = true;
  item.classList.toggle('wb-chosen', chosen);
  item.classList.toggle('wb-hidden', !object.visible);
  item.innerHTML = `<button type="button" class="wb-object-name" translate="no" data-do="choose" aria-pressed="${chosen}"></button>
    <button type="button" data-do="rename" aria-label="Rename" title="Rename">✎</button>
    <button type="button" data-do="up" aria-label="Move up" title="Move up" ${place.first ? 'disabled' : ''}>↑</button>
    <button type="button" data-do="down" aria-label="Move down" title="Move down" ${place.last ? 'disabled' : ''}>↓</button>
    <button type="button" data-do="hide" aria-pressed="${!object.visible}">${ICONS[object.visible]}</button>
    <button type="button" data-do="remove" aria-label="Remove" title="Remove">×</button>`;
  item.querySelector('.wb-object-name').textContent = object.name;
  return item;
};

// Returns a copy of a list with one element at another place.
export const movedTo = (list, from, to) => {
  const next = [...list];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
};

export const objectsPanel = (bench) => {
  const root = bench.panel('objects', 'Objects');
  root.insertAdjacentHTML(
    'beforeend',
    `<ol class="wb-objects"></ol><div class="wb-panel-row"><button type="button" data-do="add">Add an object</button>
    <button type="button" data-do="mask">Edit the mask</button>
    <button type="button" data-do="split">Split into parts</button></div>`,
  );
  const list = root.querySelector('ol');
  let editing = false; // a name: the list stays as it is meanwhile
  const index = (id) => bench.document.objects.findIndex((object) => object.id === id);
  const reorder = (id, by) =>
    bench.change('Reorder the objects', (draft) => {
      const from = draft.objects.findIndex((object) => object.id === id);
      const to = Math.min(draft.objects.length - 1, Math.max(0, from + by));
      draft.objects = movedTo(draft.objects, from, to);
    });
  const withObject = (label, id, mutate) =>
    bench.change(label, (draft) => mutate(draft.objects.find((object) => object.id === id)));
  const rename = (id) => {
    const name = list.querySelector(`[data-id="${id}"] .wb-object-name`);
    const input = Object.assign(document.createElement('input'), { value: name.textContent, maxLength: 60 });
    input.className = 'wb-object-input';
    input.setAttribute('aria-label', 'Name of the object');
    name.replaceWith(input);
    input.select();
    editing = true;
    const end = (keep) => {
      if (!editing) return;
      editing = false;
      const typed = input.value.trim();
      if (keep && typed && typed !== name.textContent)
        withObject('Rename the object', id, (object) => {
          object.name = typed;
        });
      else draw();
      list.querySelector(`[data-id="${id}"] .wb-object-name`)?.focus();
    };
    input.addEventListener('blur', () => end(true));
    input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter') end(true);
      if (event.key === 'Escape') end(false);
    });
  };
  const split = async () => {
    const object = bench.object;
    bench.busy('split', 'Splitting the mask…');
    try {
      const { masks } = await bench.server.post('/masks/split', { mask: object.mask });
      if (masks.length < 2) {
        bench.say('This mask has one part only.', 'note');
        return;
      }
      bench.addFiles(Object.fromEntries(masks.map((mask) => [mask.id, mask])));
      bench.change('Split into parts', (draft) => {
        const from = draft.objects.findIndex(({ id }) => id === object.id);
        const parts = masks.map((mask, k) => ({
          ...structuredClone(object),
          id: `${object.id}-${k + 1}`,
          name: `${object.name} ${k + 1}`,
          mask: mask.id,
        }));
        draft.objects.splice(from, 1, ...parts);
      });
      bench.select(`${object.id}-1`);
    } catch (error) {
      bench.say(error.message, 'error');
    } finally {
      bench.busy('split', null);
    }
  };
  const actions = {
    choose: (id) => bench.select(id),
    rename,
    up: (id) => reorder(id, 1),
    down: (id) => reorder(id, -1),
    hide: (id) =>
      withObject('Show or hide the object', id, (object) => {
        object.visible = !object.visible;
      }),
    remove: (id) => {
      bench.change('Remove the object', (draft) => {
        draft.objects = draft.objects.filter((object) => object.id !== id);
      });
    },
    add: () => bench.ask('add-object'),
    mask: () => bench.ask('find-object', bench.object.id),
    split,
  };
  root.addEventListener('click', (event) => {
    const button = event.target.closest('[data-do]');
    const id = button?.closest('li')?.dataset.id;
    if (!button) return;
    actions[button.dataset.do](id);
    if (editing) return;
    list.querySelector(`[data-id="${id}"] [data-do=${button.dataset.do}]`)?.focus();
  });
  root.addEventListener('dblclick', (event) => {
    const name = event.target.closest('.wb-object-name');
    if (name) rename(name.closest('li').dataset.id);
  });
  list.addEventListener('dragstart', (event) => {
    event.dataTransfer.setData('text/x-harmonylab-object', event.target.dataset.id);
    event.dataTransfer.effectAllowed = 'move';
  });
  list.addEventListener('dragover', (event) => {
    if (event.dataTransfer.types.includes('text/x-harmonylab-object')) event.preventDefault();
  });
  list.addEventListener('drop', (event) => {
    const id = event.dataTransfer.getData('text/x-harmonylab-object');
    const target = event.target.closest('li')?.dataset.id;
    if (!id || !target || id === target) return;
    event.preventDefault();
    event.stopPropagation();
    reorder(id, index(target) - index(id));
  });
  const draw = () => {
    if (editing) return;
    const objects = bench.document?.objects ?? [];
    const last = objects.length - 1;
    list.replaceChildren(
      ...objects
        .map((object, k) => row(object, object.id === bench.object?.id, { first: k === last, last: k === 0 }))
        .reverse(),
    );
    for (const name of ['mask', 'split'])
      root.querySelector(`[data-do=${name}]`).disabled = !bench.object?.mask;
    root.querySelector('[data-do=add]').disabled = !bench.document?.background || objects.length >= 12;
  };
  for (const name of ['document', 'selection']) bench.on(name, draw);
  draw();
};
