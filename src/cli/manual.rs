//! The manual page: the program and all of its commands on one page.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// The page in roff. `exit_codes` are pairs of a code and its meaning.
pub(super) fn page(mut program: Command, exit_codes: &[(u8, &str)]) -> io::Result<String> {
    program.build();
    let mut page = Vec::new();
    let man = Man::new(program.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for command in program.get_subcommands() {
        section_of(command, command.get_name(), &mut page)?;
    }
    page += &format!(".SH \"{}\"\n", word!("EXIT STATUS"));
    for (code, meaning) in exit_codes {
        page += &format!(".TP\n\\fB{code}\\fR\n{meaning}\n");
    }
    Ok(page)
}

/// A section for one command, and one for each command below it.
fn section_of(command: &Command, name: &str, page: &mut String) -> io::Result<()> {
    // The global options are told once, at the top.
    let own = command.clone().mut_args(|arg| {
        let hidden = arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version");
        arg.hide(hidden)
    });
    let mut section = Vec::new();
    let man = Man::new(own);
    man.render_synopsis_section(&mut section)?;
    man.render_description_section(&mut section)?;
    man.render_options_section(&mut section)?;
    *page += &format!(".SH \"{} {}\"\n", word!("COMMAND"), name.to_uppercase());
    *page += &String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
    for below in command.get_subcommands() {
        section_of(below, &format!("{name} {}", below.get_name()), page)?;
    }
    Ok(())
}
