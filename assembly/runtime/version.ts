/** Version of the modules, as the value of `filter_info{version}`. */
export const VERSION: string = "0_1_0";
