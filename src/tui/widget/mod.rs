//! Pieces that know nothing of the wizard: whoever writes another one may take
//! them along. Each shows in its docstring what it looks like.

pub mod field_table;
pub mod hyperlink;
pub mod link_code;
pub mod road_map;
pub mod step_rail;
pub mod text;
