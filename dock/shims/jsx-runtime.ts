/** Stands in for `preact/jsx-runtime`, whose own way to make elements would add more to the page than it saves. */
import { type ComponentType, createElement, Fragment, type VNode } from 'preact';

/** `props`, which include the children, are made anew by each JSX expression, so that they may be changed here. */
function jsx(type: ComponentType | string, props: Record<string, unknown>, key?: string): VNode {
  if (key !== undefined) props.key = key;
  return createElement(type as string, props);
}

export { Fragment, jsx, jsx as jsxs };
