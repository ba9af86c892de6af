//! Finding a plugin by the name in its note.

use std::fs;

use super::hostile_bytes;
use crate::support::Workshop;

#[test]
fn a_plugin_is_found_by_the_name_in_its_note_whatever_its_file_is_called() {
    let workshop = Workshop::new();
    let path = workshop.put("something-else.so", &hostile_bytes());
    workshop.put("notes.txt", b"not looked at");
    let file = workshop.loader().find("hostile").expect("it is there");
    assert_eq!(file.path(), path);
    assert_eq!(file.descriptor().name, "hostile");
    assert_eq!(file.descriptor().version, "0.1.0");
    assert_eq!(
        file.descriptor().capabilities,
        ["find_sent", "suppressions"]
    );
    assert!(file.descriptor().compiler.starts_with("rustc "));
}

#[test]
fn a_plugin_is_found_by_path() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    let file = workshop.loader().find(path.to_str().expect("UTF-8"));
    assert_eq!(file.expect("it is there").path(), path);
}

#[test]
fn a_name_that_two_files_bear_is_refused_naming_both() {
    let workshop = Workshop::new();
    let first = workshop.put("a.so", &hostile_bytes());
    let second = workshop.put("b.so", &hostile_bytes());
    let error = workshop.loader().find("hostile").expect_err("which one?");
    assert_eq!(
        error.to_string(),
        format!(
            "two plugins are named `hostile`: `{}` and `{}`; remove one, or give a path as `library`",
            first.display(),
            second.display()
        )
    );
}

#[test]
fn one_file_by_two_ways_is_one_plugin() {
    let workshop = Workshop::new();
    let path = workshop.put("a.so", &hostile_bytes());
    std::os::unix::fs::symlink(&path, workshop.path("b.so")).expect("a link");
    let mut config = workshop.config();
    config.directories.push(config.directories[0].clone());
    let loader = plugin_host::PluginLoader::new(config);
    loader.find("hostile").expect("there is only one");
}

#[test]
fn a_name_that_no_file_bears_is_refused_with_what_could_not_be_read() {
    let workshop = Workshop::new();
    let folder = workshop.config().directories[0].display().to_string();
    let error = workshop.loader().find("acme").expect_err("there is none");
    assert_eq!(
        error.to_string(),
        format!(
            "no plugin named `acme` in `{folder}`; build it, copy it there, or give its path as `library`"
        )
    );
    let broken = workshop.put("libacme.so", &hostile_bytes()[..1024]);
    let error = workshop.loader().find("acme").expect_err("it is cut off");
    let error = error.to_string();
    let expected = format!(
        "no plugin named `acme` in `{folder}` (one file there is not readable: plugin file `{}`: is cut off:",
        broken.display()
    );
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn a_folder_that_cannot_be_read_is_named() {
    let workshop = Workshop::new();
    fs::remove_dir(&workshop.config().directories[0]).expect("it is empty");
    let error = workshop.loader().find("acme").expect_err("no folder");
    assert_eq!(
        error.to_string(),
        format!(
            "plugin directory `{}` cannot be read (No such file or directory (os error 2)); correct `plugins.directories`",
            workshop.config().directories[0].display()
        )
    );
}
