/** Stands in for `preact/jsx-runtime`, whose second way to make an element costs more than it saves here. */
import { type ComponentType, createElement, Fragment, type VNode } from 'preact';

/** `props` are those of a JSX expression, and nobody else's; `children` are among them. */
function jsx(type: ComponentType | string, props: Record<string, unknown>, key?: string): VNode {
  if (key !== undefined) props.key = key;
  return createElement(type as string, props);
}

export { Fragment, jsx, jsx as jsxs };
