// Lists the parts that are added to the core, in the order in which they start: a function, and the name of the slot of the page that it
// fills. Parts without a slot make panels, or layers on the stage, and get the root element.
import { batch } from './batch/batch.js';
import { maskDialog } from './masks/mask_dialog.js';
import { curvesPanel } from './panels/curves_panel.js';
import { lightPanel } from './panels/light_panel.js';
import { objectsPanel } from './panels/objects_panel.js';
import { referencePanel } from './panels/reference_panel.js';
import { shadowPanel } from './panels/shadow_panel.js';
import { variants } from './panels/variants.js';
import { live } from './placing/live.js';
import { placement } from './placing/placement.js';
import { tiles } from './stage/tiles.js';

export const parts = [
  { start: objectsPanel },
  { start: curvesPanel },
  { start: lightPanel },
  { start: shadowPanel },
  { start: referencePanel },
  { start: live },
  { start: placement },
  { start: batch },
  { start: maskDialog },
  { start: variants, slot: 'variants' },
  { start: tiles },
];
