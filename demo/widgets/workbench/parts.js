// Lists the parts that are added to the core, in the order in which they start. A part is a function of the bench and the root element.
import { curvesPanel } from './curves_panel.js';

export const parts = [curvesPanel];
