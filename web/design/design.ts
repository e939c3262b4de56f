import './tokens.css';
import './base.css';
import './controls.css';
import './components.css';
import './touch.css';

export { Button } from './button.tsx';
export { countText } from './count.ts';
export { Dialog } from './dialog.tsx';
export { Empty, Failure, Loading, Notice, type Tone } from './notice.tsx';
export { Identifier } from './identifier.tsx';
export { Money, moneyText } from './money.tsx';
export { StatusBadge } from './status-badge.tsx';
export { Switch } from './switch.tsx';
export { Table, type Column } from './table.tsx';
export { ThemeSwitch } from './theme-switch.tsx';
export { Time } from './time.tsx';
